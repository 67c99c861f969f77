namespace FedHe.Hosting.Connections;

/// <summary>A metric answer is what became of a report of metrics at the server.</summary>
internal enum MetricAnswer
{
    /// <summary>The server has the metrics.</summary>
    Taken,

    /// <summary>The server refused the metrics.</summary>
    Refused,

    /// <summary>The server is one of before, and knows no metrics.</summary>
    Unknown,

    /// <summary>The server did not take the metrics in time.</summary>
    Late,
}
