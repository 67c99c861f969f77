namespace FedHe.MLBridge.Errors;

/// <summary>The reasons why a well-formed update was not folded in.</summary>
public enum UpdateError
{
    /// <summary>The update was made under another layout, mask, weighting or largest weight.</summary>
    OtherTerms = 1,

    /// <summary>The update belongs to another job or round than the earlier updates.</summary>
    OtherRound,

    /// <summary>The sum already contains an update of the same client.</summary>
    ClientAlreadyFoldedIn,

    /// <summary>Another update was folded in only in part before its process ended, and must be folded in to its end first.</summary>
    AnotherIsPending,
}
