using FedHe.Orchestration.Job;

namespace FedHe.Privacy.Federation;

/// <summary>Local training parts are what a plan for local training may have beside what every plan has.</summary>
public sealed record LocalTrainingParts
{
    /// <summary>How each client's number of records is noised before it is the client's weight, or null for weights of 1.</summary>
    public NoisedCountTerms? NoisedCount { get; init; }

    /// <summary>
    /// The public rule of a mask, or null to encrypt every value. The terms of the job must have the mask of <see cref="PublicMaskTerms.MaskOf"/>. Values in clear have all of the noise
    /// that is charged, so they cost nothing more.
    /// </summary>
    public PublicMaskTerms? Mask { get; init; }
}
