namespace FedHe.Privacy.PartialEncryption;

/// <summary>What a figure of the paper's theorem rests on.</summary>
public enum TheoremBasis
{
    /// <summary>Sensitivities that are uniform in [0, 1], as the paper's remarks 3.12 to 3.14 assume. Real ones are not.</summary>
    UniformSensitivities = 1,

    /// <summary>
    /// A sensitivity map of real data. It is a heuristic: the map is an average over some records and no largest change, and choosing by it is
    /// itself unpaid.
    /// </summary>
    SensitivityMap = 2,

    /// <summary>The clipped 1-norm of the values in clear. This is the only figure that bounds anything.</summary>
    ClippedNorm = 3,
}
