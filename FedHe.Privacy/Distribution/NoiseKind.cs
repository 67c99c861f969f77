namespace FedHe.Privacy.Distribution;

/// <summary>The kinds of integer noise that parties can add in shares.</summary>
public enum NoiseKind
{
    /// <summary>Discrete Gaussian noise, whose sum is nearly, and not exactly, a discrete Gaussian.</summary>
    DiscreteGaussian = 1,

    /// <summary>Skellam noise, whose sum is Skellam noise.</summary>
    Skellam = 2,
}
