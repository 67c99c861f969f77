using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace FedHe.Hosting.Tests.Support;

/// <summary>A logger that keeps what it gets.</summary>
internal sealed class LogList : ILoggerProvider, ILogger
{
    public ConcurrentQueue<(LogLevel Level, int Event, string Text)> Entries { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        => Entries.Enqueue((logLevel, eventId.Id, $"{formatter(state, exception)} {exception}"));

    public void Dispose()
    {
        // Nothing is held.
    }
}
