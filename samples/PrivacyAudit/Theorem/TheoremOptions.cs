namespace PrivacyAuditSample.Theorem;

/// <summary>The theorem options are the choices made on the command line of <c>theorem</c>.</summary>
internal sealed record TheoremOptions
{
    /// <summary>The path of a CIFAR file, or null for synthetic pictures.</summary>
    public string? DataPath { get; init; }

    /// <summary>The positions of the pictures whose map is taken, or none for the first pictures of the data.</summary>
    public required IReadOnlyList<int> Pictures { get; init; }

    /// <summary>The ratios of encrypted parameters.</summary>
    public required IReadOnlyList<double> Ratios { get; init; }

    /// <summary>The scale b of the Laplace noise on each value in clear.</summary>
    public required double Scale { get; init; }

    /// <summary>The largest 1-norm of an update, in the units of the scale.</summary>
    public required double Clip { get; init; }

    /// <summary>The largest 1-norm of the values in clear, or null where only the whole update is clipped.</summary>
    public double? ClearClip { get; init; }

    public required int Seed { get; init; }
}
