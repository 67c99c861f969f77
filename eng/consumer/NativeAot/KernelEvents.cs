using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace NativeAot;

/// <summary>Kernel events are the log events that say which kernels run; each is printed once.</summary>
internal sealed class KernelEvents : ILoggerFactory, ILogger
{
    private static readonly int[] Ids = [215, 216, 310, 311];

    private readonly ConcurrentDictionary<int, bool> _seen = new();

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (Ids.Contains(eventId.Id) && _seen.TryAdd(eventId.Id, true))
        {
            Console.WriteLine($"{eventId.Id} {logLevel}: {formatter(state, exception)}");
        }
    }

    public void Dispose()
    {
    }
}
