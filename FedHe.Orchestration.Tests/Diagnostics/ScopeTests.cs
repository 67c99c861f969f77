using System.Collections.Concurrent;
using FedHe.Crypto;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Diagnostics;
using FedHe.Orchestration.Tests.Support;
using FedHe.Orchestration.Tests.Transport;
using FedHe.Orchestration.Transport;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Tests.Diagnostics;

public sealed class ScopeTests
{
    [Fact]
    public async Task Logs_OfAWholeJob_LieInScopesOfJobRoundAndClient()
    {
        using var factory = new ScopedLoggerFactory();
        using HeContext context = Schemes.Create("plain");
        using InProcessFederation federation = await InProcessFederation.CreateAsync(
            InProcessFederationTests.Setup(context, InProcessFederationTests.Trainers(3)) with { LoggerFactory = factory });
        await foreach (RoundResult result in federation.RunAsync())
        {
            result.Report.IsAggregated.Should().BeTrue();
        }

        factory.Entries.Select(entry => entry.Id / 100).Distinct().Should().BeEquivalentTo([1, 2, 3]);
        foreach ((int id, Dictionary<string, object?> scope, Dictionary<string, object?> arguments) in factory.Entries)
        {
            string[] expected = (id / 100) switch { 1 => ["Job"], 2 => ["Job", "Round"], _ => ["Job", "Round", "Client"] };
            scope.Keys.Should().BeEquivalentTo(expected, $"event {id} has its scope and no other");
            scope["Job"].Should().Be(federation.Job.JobId);
            if (id / 100 == 3)
            {
                scope["Client"].Should().Be(arguments["Client"]);
                scope["Round"].Should().Be(arguments.GetValueOrDefault("Round", scope["Round"]));
            }
        }
    }

    [Fact]
    public void Scope_OfALoggerThatThrows_DisturbsNothing()
    {
        IDisposable? scope = LogScopes.Begin(new SafeLogger(new FailingScopes(fromStart: false)), Guid.NewGuid());
        IDisposable? none = LogScopes.Begin(new SafeLogger(new FailingScopes(fromStart: true)), Guid.NewGuid(), 1, new ClientId("a"));

        scope.Should().NotBeNull();
        scope!.Invoking(one => one.Dispose()).Should().NotThrow();
        none.Should().BeNull();
    }

    private sealed class ScopedLoggerFactory : ILoggerFactory, ILogger
    {
        private readonly LoggerExternalScopeProvider _scopes = new();

        public ConcurrentQueue<(int Id, Dictionary<string, object?> Scope, Dictionary<string, object?> Arguments)> Entries { get; } = [];

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => _scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var scope = new Dictionary<string, object?>();
            _scopes.ForEachScope(
                (values, all) =>
                {
                    foreach ((string key, object? value) in Values(values))
                    {
                        all.Add(key, value);
                    }
                },
                scope);
            Entries.Enqueue((eventId.Id, scope, Values(state)));
        }

        public void Dispose()
        {
        }

        private static Dictionary<string, object?> Values(object? state)
            => new(((IReadOnlyList<KeyValuePair<string, object?>>)state!).Where(value => value.Key != "{OriginalFormat}"));
    }

    private sealed class FailingScopes(bool fromStart) : ILogger, IDisposable
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => fromStart ? throw new IOException() : this;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
        }

        void IDisposable.Dispose() => throw new IOException();
    }
}
