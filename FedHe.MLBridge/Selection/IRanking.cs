namespace FedHe.MLBridge.Selection;

/// <summary>
/// A ranking assigns a number to each position. The larger number comes first, and the smaller position breaks a tie.
/// </summary>
internal interface IRanking
{
    uint this[long position] { get; }
}
