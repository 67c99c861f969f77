namespace FedHe.Benchmarks.Rounds;

/// <summary>The form of the aggregate that clients receive.</summary>
internal enum DownloadForm
{
    /// <summary>The sum of c0 and the seeds of all contributors.</summary>
    SeedList,

    /// <summary>Both polynomials, low bits left out.</summary>
    ModSwitched,

    /// <summary>Both polynomials with all their bits.</summary>
    Full,
}
