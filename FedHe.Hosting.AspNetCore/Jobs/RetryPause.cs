using FedHe.Hosting.AspNetCore.Errors;

namespace FedHe.Hosting.AspNetCore.Jobs;

/// <summary>
/// A retry pause keeps an attempt that takes long and fails from being repeated at once by everybody who comes: the next one begins after as long a time, so
/// that at least half of the time is left for the rest. An attempt that fails quickly is repeated at once.
/// </summary>
/// <param name="time">The time.</param>
internal sealed class RetryPause(TimeProvider time)
{
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(1);

    private Exception? _last;
    private long _end;
    private TimeSpan _length;

    /// <summary>Makes an attempt.</summary>
    /// <exception cref="IOException">The pause behind the last one is not over.</exception>
    public T Try<T>(Func<T> attempt)
    {
        if (_last is not null && _length > Quick && time.GetElapsedTime(_end) < _length)
        {
            throw Throw.TriedJustNow(_last);
        }

        long start = time.GetTimestamp();
        try
        {
            T result = attempt();
            _last = null;
            return result;
        }
        catch (Exception fault)
        {
            _end = time.GetTimestamp();
            (_last, _length) = (fault, time.GetElapsedTime(start, _end));
            throw;
        }
    }
}
