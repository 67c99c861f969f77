namespace FedHe.MLBridge.Errors;

/// <summary>The reasons why a planned aggregation is impossible.</summary>
public enum PlanError
{
    /// <summary>The weights are hidden but the mask leaves values in clear, which would reveal the weights.</summary>
    HiddenWeightsNeedFullMask = 1,

    /// <summary>The sum might not fit the modulus, because of its total weight or its number of clients.</summary>
    WeightsExceedCapacity,

    /// <summary>The averages would be less precise than required.</summary>
    PrecisionBelowRequired,

    /// <summary>A message of the planned rounds would be longer than a party accepts.</summary>
    MessagesExceedLimit,
}
