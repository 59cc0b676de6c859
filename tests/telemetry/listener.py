"""What the real SDK is told, kept in memory."""

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import unillm


class Listener:
    """Providers of the SDK, and what they were told."""

    def __init__(self, sampler=None):
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider(sampler=sampler)
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meters = MeterProvider([self.reader])
        self.log = InMemoryLogRecordExporter()
        self.loggers = LoggerProvider()
        self.loggers.add_log_record_processor(SimpleLogRecordProcessor(self.log))

    def telemetry(self, **options):
        """Give the option ``telemetry`` that leads here."""
        return unillm.Telemetry(
            tracer_provider=self.tracers,
            meter_provider=self.meters,
            logger_provider=self.loggers,
            **options,
        )

    @property
    def tracer(self):
        return self.tracers.get_tracer("caller")

    def spans(self, beginning=""):
        """Give the spans that have ended whose name begins so, the first begun first."""
        ended = [s for s in self.exporter.get_finished_spans() if s.name.startswith(beginning)]
        return sorted(ended, key=lambda span: span.start_time or 0)

    def points(self, name):
        """Give the points of a metric: for each set of attributes one."""
        data = self.reader.get_metrics_data()
        if data is None:
            return []
        return [
            point
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]

    def metrics(self):
        """Give the metrics, by name."""
        data = self.reader.get_metrics_data()
        found = data.resource_metrics if data is not None else ()
        scopes = [scope for resource in found for scope in resource.scope_metrics]
        return {metric.name: metric for scope in scopes for metric in scope.metrics}

    def close(self):
        self.tracers.shutdown()
        self.meters.shutdown()
        self.loggers.shutdown()


def is_under(child, parent):
    """Tell whether a span has another as its parent."""
    return child.parent is not None and child.parent.span_id == parent.context.span_id
