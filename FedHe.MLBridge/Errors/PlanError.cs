namespace FedHe.MLBridge.Errors;

/// <summary>The one named reason why an aggregation is impossible as planned.</summary>
public enum PlanError
{
    /// <summary>Hidden weights with a mask that leaves values in clear: these would reveal the weights.</summary>
    HiddenWeightsNeedFullMask = 1,

    /// <summary>The sum of the weights, or of the clients, might not fit the modulus.</summary>
    WeightsExceedCapacity,

    /// <summary>The averages would have less precision than required.</summary>
    PrecisionBelowRequired,
}
