namespace FedHe.MLBridge.Selection;

/// <summary>What decides which positions come first: the larger number, and at a tie the smaller position.</summary>
internal interface IRanking
{
    uint this[int position] { get; }
}
