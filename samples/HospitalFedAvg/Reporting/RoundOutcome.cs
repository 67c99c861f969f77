namespace HospitalFedAvg.Reporting;

/// <summary>What one round gave: the encrypted federation beside plaintext averaging of the same updates.</summary>
internal sealed record RoundOutcome
{
    public required int Round { get; init; }

    public required int Contributors { get; init; }

    public required int Hospitals { get; init; }

    /// <summary>Share of held-out samples that the decrypted model gets right.</summary>
    public required double EncryptedAccuracy { get; init; }

    /// <summary>The same for plaintext FedAvg on the same updates.</summary>
    public required double PlaintextAccuracy { get; init; }

    /// <summary>Largest difference between the two models' parameters.</summary>
    public required double LargestDifference { get; init; }

    /// <summary>The difference that was promised before the round ran.</summary>
    public required double PromisedBound { get; init; }

    /// <summary>Parameters that had to be moved to their bound before encryption.</summary>
    public required int ClampedValues { get; init; }

    public required PhaseCosts Costs { get; init; }

    /// <summary>Whether every parameter is as close as promised.</summary>
    public bool IsWithinBound => LargestDifference <= PromisedBound;
}
