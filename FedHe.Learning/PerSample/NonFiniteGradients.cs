namespace FedHe.Learning.PerSample;

/// <summary>The treatment of a sample whose gradient has a value that is NaN or infinite.</summary>
public enum NonFiniteGradients
{
    /// <summary>The sum is refused with a <see cref="NonFiniteGradientException"/>. That a party sends nothing depends on its data
    /// and is not covered by noise, so this is for data that was checked.</summary>
    Refuse,

    /// <summary>The sample contributes zero, which no bound on a sample's contribution excludes. A model that has diverged gives
    /// a sum of zeros.</summary>
    Zero,
}
