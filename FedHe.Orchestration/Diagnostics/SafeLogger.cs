using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FedHe.Orchestration.Diagnostics;

/// <summary>A safe logger passes everything on to the host's logger, and lets no exception of it disturb a round.</summary>
/// <param name="inner">The host's logger, or null to log nothing.</param>
internal sealed class SafeLogger(ILogger? inner) : ILogger
{
    private readonly ILogger _inner = inner ?? NullLogger.Instance;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => Try(() => _inner.BeginScope(state)) is IDisposable scope ? new SafeScope(scope) : null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => Try(() => _inner.IsEnabled(logLevel));

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        => Try(() =>
        {
            _inner.Log(logLevel, eventId, state, exception, formatter);
            return true;
        });

    private static TResult? Try<TResult>(Func<TResult> call)
    {
        try
        {
            return call();
        }
#pragma warning disable CA1031 // A host's logger may fail in any way, and there is nobody left to tell.
        catch (Exception)
#pragma warning restore CA1031
        {
            return default;
        }
    }

    private sealed class SafeScope(IDisposable inner) : IDisposable
    {
        public void Dispose() => Try(() =>
        {
            inner.Dispose();
            return true;
        });
    }
}
