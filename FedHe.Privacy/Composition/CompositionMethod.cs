namespace FedHe.Privacy.Composition;

/// <summary>The methods of adding up what releases cost.</summary>
public enum CompositionMethod
{
    /// <summary>Renyi divergences of many orders, which every release has.</summary>
    Renyi = 1,

    /// <summary>Zero-concentrated differential privacy: one number, for releases without sampling and Skellam noise.</summary>
    Concentrated = 2,

    /// <summary>
    /// Privacy loss distributions, the tightest method, for releases with a known worst pair: continuous Gaussian and Laplace noise, samples
    /// and pure differential privacy.
    /// </summary>
    LossDistribution = 3,
}
