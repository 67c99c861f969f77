using System.Reflection;
using System.Text.RegularExpressions;
using FedHe.Orchestration.Diagnostics;
using FedHe.TestKit.Architecture;
using Microsoft.Extensions.Logging;

namespace FedHe.Orchestration.Tests.Diagnostics;

/// <summary>The table of log events in docs/orchestration.md against the code.</summary>
public sealed class EventTableTests
{
    private static readonly string[] Logged =
    [
        .. typeof(Log).GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(method => (method.Name, Event: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(method => method.Event is not null)
            .OrderBy(method => method.Event!.EventId)
            .Select(method => $"| {method.Event!.EventId} | `{method.Event.EventName ?? method.Name}` | {method.Event.Level} | {method.Event.Message} |"),
    ];

    [Fact]
    public void Table_AndCode_HaveTheSameEvents()
    {
        string docs = File.ReadAllText(Path.Combine(SolutionDirectory.Path, "docs", "orchestration.md"));

        docs.Split('\n').Select(line => line.TrimEnd()).Where(line => Regex.IsMatch(line, @"^\| \d{3} \|")).Should().Equal(Logged);
    }

    [Fact]
    public void Events_OfTheCode_HaveIdsAndNamesOfTheirOwn()
    {
        Logged.Should().NotBeEmpty();
        Logged.Select(line => line.Split('|')[1]).Should().OnlyHaveUniqueItems();
        Logged.Select(line => line.Split('|')[2]).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Events_AsLoggersSeeThem_HaveTheNamesOfTheTable()
    {
        var seen = new SeenEvents();

        Log.JobEnded(seen, default);

        seen.Events.Should().Equal(new EventId(208, nameof(Log.JobEnded)));
        seen.Events[0].Name.Should().Be(nameof(Log.JobEnded));
    }

    private sealed class SeenEvents : ILogger
    {
        public List<EventId> Events { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Events.Add(eventId);
    }
}
