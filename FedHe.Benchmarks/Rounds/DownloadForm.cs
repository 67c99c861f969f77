namespace FedHe.Benchmarks.Rounds;

/// <summary>A download form is the form of the aggregate that clients receive.</summary>
internal enum DownloadForm
{
    /// <summary>The form with the sum of c0 and the seeds of all contributors.</summary>
    SeedList,

    /// <summary>The form with both polynomials, without their low bits.</summary>
    ModSwitched,

    /// <summary>The form with both polynomials and all their bits.</summary>
    Full,
}
