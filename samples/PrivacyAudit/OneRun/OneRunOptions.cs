namespace PrivacyAuditSample.OneRun;

/// <summary>The one-run options are the choices made on the command line of <c>one-run</c>.</summary>
internal sealed record OneRunOptions
{
    /// <summary>The path of a dataset, or null for synthetic digits.</summary>
    public string? DataPath { get; init; }

    /// <summary>The claimed epsilon of every record.</summary>
    public required double Epsilon { get; init; }

    public required double Delta { get; init; }

    /// <summary>The largest norm of a record's gradient.</summary>
    public required double Clip { get; init; }

    /// <summary>The number of records beside the canaries, all of which take part.</summary>
    public required int Records { get; init; }

    public required int Canaries { get; init; }

    public required int Steps { get; init; }

    public required double LearningRate { get; init; }

    /// <summary>The share of the canaries that is guessed about.</summary>
    public required double Share { get; init; }

    /// <summary>The confidence with which both views of a training hold together.</summary>
    public required double Confidence { get; init; }

    /// <summary>The seed of records, canaries and first model; coins and noise have none.</summary>
    public required int Seed { get; init; }
}
