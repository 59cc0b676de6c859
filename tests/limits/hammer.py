"""A program that makes calls under a shared budget until it is refused; a test runs several."""

# pyright: reportOptionalMemberAccess=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportOptionalSubscript=false, reportArgumentType=false

import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import unillm
from unillm.limits import RedisStore
from unillm.pricing import PriceBook


def main():
    base_url, redis, prefix, usd, expired, lease = sys.argv[1:]
    budget = unillm.Budget(
        usd,
        name="shared",
        store=RedisStore(redis, prefix=prefix, timeout=5),
        expired=expired,
        lease=float(lease),
        soft=None,
    )
    price = unillm.Price(
        provider="fake",
        model="fake-model",
        input=Decimal(1),
        cached_input=Decimal(1),
        output=Decimal(2),
    )
    client = unillm.Client(
        providers=[unillm.Provider("fake", base_url=base_url, api_key="k")],
        model="fake:fake-model",
        prices=PriceBook.default().with_(price),
        budget=budget,
        max_tokens=1_000,
        retry=unillm.RetryPolicy(max_attempts=1),
    )

    def until_refused():
        answered = misses = 0
        while misses < 40:
            try:
                with client.stream("word " * 200) as stream:
                    for _ in stream:
                        pass
                answered += 1
            except unillm.BudgetExceededError as error:
                misses += 1
                if not error.may_pass:
                    break
            except (unillm.TransportError, unillm.ProviderError):
                pass
            sys.stdout.write(f"{answered}\n")
            sys.stdout.flush()

    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(until_refused)


main()
