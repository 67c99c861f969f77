using System.Collections.Concurrent;
using FedHe.Crypto;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Tests.Diagnostics;

/// <summary>Every party says once which kernels it computes with, and warns where the processor could do better.</summary>
public sealed class KernelEventTests
{
    private static readonly HeKernels Slow = new(LaneWidth.Specification, LaneWidth.Vector256, HasAesInstructions: true);

    [Fact]
    public async Task Federation_OfThreeClients_SaysOnceForEveryPartyWhichKernelsRun()
    {
        using var factory = new EventList();
        using HeContext context = Schemes.Create("plain");
        using InProcessFederation federation = await InProcessFederation.CreateAsync(
            InProcessFederationTests.Setup(context, InProcessFederationTests.Trainers(3)) with { LoggerFactory = factory });
        await foreach (RoundResult result in federation.RunAsync())
        {
            result.Report.IsAggregated.Should().BeTrue();
        }

        string kernels = HeKernels.Current.ToString();
        factory.Entries.Where(entry => entry.Id == 215).Should().Equal((215, LogLevel.Information, $"The server computes with {kernels}."));
        factory.Entries.Where(entry => entry.Id == 310).Select(entry => entry.Text).Should().BeEquivalentTo(
            federation.Clients.Select(client => $"Client {client.Client} computes with {kernels}."));
        factory.Entries.Count(entry => entry.Id is 216 or 311).Should().Be(HeKernels.Current.AreHeldBack ? 4 : 0);
    }

    [Fact]
    public void Kernels_HeldBack_AreWarnedOf()
    {
        using var events = new EventList();

        Log.KernelsOfServer(events, Slow);
        Log.KernelsOfClient(events, new ClientId("north"), Slow);

        events.Entries.Select(entry => (entry.Id, entry.Level)).Should().Equal(
            (215, LogLevel.Information), (216, LogLevel.Warning), (310, LogLevel.Information), (311, LogLevel.Warning));
        events.Entries.Where(entry => entry.Level == LogLevel.Warning).Should().OnlyContain(
            entry => entry.Text.Contains("256-bit registers (AVX2, FMA)") && entry.Text.Contains("docs/performance.md"));
    }

    [Fact]
    public void Kernels_AsGoodAsTheProcessor_AreNotWarnedOf()
    {
        using var events = new EventList();

        Log.KernelsOfServer(events, Slow with { Width = LaneWidth.Vector256 });
        Log.KernelsOfClient(events, new ClientId("north"), Slow with { ProcessorWidth = LaneWidth.Specification });

        events.Entries.Select(entry => entry.Id).Should().Equal(215, 310);
    }

    private sealed class EventList : ILoggerFactory, ILogger
    {
        public ConcurrentQueue<(int Id, LogLevel Level, string Text)> Entries { get; } = [];

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Entries.Enqueue((eventId.Id, logLevel, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}
