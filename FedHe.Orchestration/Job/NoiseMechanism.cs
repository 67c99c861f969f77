namespace FedHe.Orchestration.Job;

/// <summary>A noise mechanism is a kind of integer noise that clients add in shares. The numeric values are part of the wire format.</summary>
public enum NoiseMechanism
{
    /// <summary>Discrete Gaussian noise, whose sum is nearly, and not exactly, a discrete Gaussian.</summary>
    DiscreteGaussian = 1,

    /// <summary>Skellam noise, whose sum is Skellam noise.</summary>
    Skellam = 2,
}
