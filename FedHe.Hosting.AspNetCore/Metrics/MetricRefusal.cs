namespace FedHe.Hosting.AspNetCore.Metrics;

/// <summary>The reason why a server refuses the metrics of a client. The names are part of the interface.</summary>
internal enum MetricRefusal
{
    /// <summary>The server has the metrics.</summary>
    None,

    /// <summary>The job has privacy terms, which pay for no metrics.</summary>
    PrivacyTerms,

    /// <summary>The server has no upload of the client for the attempt, or the attempt is long over.</summary>
    NoUpload,

    /// <summary>The client reported other metrics of the attempt before.</summary>
    OtherReport,

    /// <summary>The client has used other names in the job, and they are as many as it may use.</summary>
    TooManyNames,
}
