using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using FedHe.Crypto;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Tests.Diagnostics;

public sealed class DiagnosticsTests
{
    [Fact]
    public async Task Federation_WholeJob_EmitsItsInstrumentsAndActivities()
    {
        var measured = new ConcurrentBag<(string Name, string? Unit, string? Reason)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == InstrumentNames.Source)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Record(instrument, tags));
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Record(instrument, tags));
        listener.Start();
        var activities = new ConcurrentBag<string>();
        using var activityListener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == InstrumentNames.Source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => activities.Add(activity.OperationName),
        };
        ActivitySource.AddActivityListener(activityListener);

        await RunAsync(new CapturingLoggerFactory());

        measured.Select(measurement => (measurement.Name, measurement.Unit)).Distinct().Should().Contain(
        [
            ("fedhe.train.duration", "s"),
            ("fedhe.encrypt.duration", "s"),
            ("fedhe.fold.duration", "s"),
            ("fedhe.decrypt.duration", "s"),
            ("fedhe.upload.size", "By"),
            ("fedhe.aggregate.size", "By"),
            ("fedhe.uploads.accepted", null),
            ("fedhe.uploads.refused", null),
            ("fedhe.rounds.completed", null),
            ("fedhe.key.requests", null),
        ]);
        measured.Should().Contain(("fedhe.uploads.refused", null, "BadSignature"));
        activities.Should().Contain(["fedhe.train", "fedhe.encrypt", "fedhe.fold", "fedhe.decrypt"]);

        void Record(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
            => measured.Add((instrument.Name, instrument.Unit, tags.ToArray().FirstOrDefault(tag => tag.Key == "reason").Value as string));
    }

    [Fact]
    public async Task Logs_OfAWholeJob_HoldNamesRoundsAndSizesButNoValue()
    {
        var factory = new CapturingLoggerFactory();

        await RunAsync(factory);

        factory.Entries.Select(entry => entry.Id).Distinct().Should().Contain([101, 201, 203, 204, 205, 206, 208, 301, 302, 303]);
        foreach ((int id, string text, object?[] arguments) in factory.Entries)
        {
            id.Should().BePositive();
            text.Should().NotMatchRegex(@"\d[.,]\d", "no value of a model has its place in a log");
            arguments.Should().OnlyContain(argument => argument is string || argument is int || argument is long || argument is ClientId || argument is Enum);
        }
    }

    /// <summary>A job in which one upload is corrupted on its way.</summary>
    private static async Task RunAsync(ILoggerFactory factory)
    {
        using HeContext context = Schemes.Create("plain");
        Dictionary<ClientId, ILocalTrainer> trainers = InProcessFederationTests.Trainers(3);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(
            InProcessFederationTests.Setup(context, trainers) with { LoggerFactory = factory, Faults = CorruptOne });
        await foreach (RoundResult outcome in federation.RunAsync())
        {
            outcome.Report.IsAggregated.Should().BeTrue();
        }
    }

    private static IEnumerable<Delivery> CorruptOne(TransportMessage message)
    {
        byte[] bytes = message.Bytes.ToArray();
        if (message is { Kind: MessageKind.Upload, Round: 2, Client.Value: "hospital-1" })
        {
            bytes[^80] ^= 1;
        }

        yield return new Delivery(bytes, TimeSpan.Zero);
    }

    private sealed class CapturingLoggerFactory : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<(int Id, string Text, object?[] Arguments)> Entries { get; } = [];

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var arguments = (IReadOnlyList<KeyValuePair<string, object?>>)state!;
            Entries.Enqueue((eventId.Id, formatter(state, exception), [.. arguments.Select(argument => argument.Value)]));
        }

        public void Dispose()
        {
        }
    }
}
