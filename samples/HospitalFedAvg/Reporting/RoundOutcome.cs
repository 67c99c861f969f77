namespace HospitalFedAvg.Reporting;

/// <summary>A round outcome puts the encrypted federation beside plaintext averaging of the same updates.</summary>
internal sealed record RoundOutcome
{
    public required int Round { get; init; }

    public required int Contributors { get; init; }

    public required int Hospitals { get; init; }

    /// <summary>The share of held-out samples that the decrypted model classifies correctly.</summary>
    public required double EncryptedAccuracy { get; init; }

    /// <summary>The share of held-out samples that plaintext FedAvg on the same updates classifies correctly.</summary>
    public required double PlaintextAccuracy { get; init; }

    /// <summary>The largest difference between the two models' parameters.</summary>
    public required double LargestDifference { get; init; }

    /// <summary>The difference that was promised before the round ran.</summary>
    public required double PromisedBound { get; init; }

    /// <summary>The number of parameters that were clamped to their bound before encryption; 0 under a promise to hospitals, which the number would break.</summary>
    public required int ClampedValues { get; init; }

    /// <summary>The epsilon that the hospital with the largest expenses has spent; null without a promise of privacy.</summary>
    public double? SpentEpsilon { get; init; }

    /// <summary>The epsilon that was promised; null without a promise of privacy.</summary>
    public double? PromisedEpsilon { get; init; }

    /// <summary>Whether the average carries the noise of a promise to hospitals, so that it is not to be close to plaintext averaging.</summary>
    public bool IsNoised { get; init; }

    /// <summary>What the promise hides, a hospital or a record, or null without a promise.</summary>
    public string? ProtectedUnit { get; init; }

    public required PhaseCosts Costs { get; init; }

    /// <summary>Whether every parameter is as close to plaintext averaging as promised; noise is no error.</summary>
    public bool IsWithinBound => IsNoised || LargestDifference <= PromisedBound;
}
