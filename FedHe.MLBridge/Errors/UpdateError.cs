namespace FedHe.MLBridge.Errors;

/// <summary>The one named reason why a well-formed update was not folded in.</summary>
public enum UpdateError
{
    /// <summary>It was made for another layout, mask, weighting or largest weight.</summary>
    OtherTerms = 1,

    /// <summary>It belongs to another job or round than the updates before it.</summary>
    OtherRound,

    /// <summary>An update of its client is already part of the sum.</summary>
    ClientAlreadyFoldedIn,
}
