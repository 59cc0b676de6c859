"""The fixture for users' tests."""


def test_a_user_loads_the_plugin(pytester):
    pytester.makeconftest('pytest_plugins = ["unillm.testing.pytest_plugin"]')
    pytester.makepyfile(
        """
        import httpx

        def test_hello(fake_provider):
            fake_provider.enqueue("Hello")
            answer = httpx.post(fake_provider.base_url + "/chat/completions", json={"model": "m"})
            assert "Hello" in answer.text
        """
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
