using System.Collections.Concurrent;
using System.Diagnostics;

namespace FedHe.Benchmarks.Uploads;

/// <summary>Request times are the times from the beginning of each request of this process to its answer, as the runtime's HTTP client measures them.</summary>
internal sealed class RequestTimes : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly ConcurrentQueue<(HttpMethod Method, TimeSpan Time)> _times = new();

    /// <summary>Begins to measure.</summary>
    public RequestTimes()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "System.Net.Http",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => _times.Enqueue((new HttpMethod((string)activity.GetTagItem("http.request.method")!), activity.Duration)),
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Returns the time of the last request with a method.</summary>
    public TimeSpan LastOf(HttpMethod method) => _times.Last(request => request.Method == method).Time;

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();
}
