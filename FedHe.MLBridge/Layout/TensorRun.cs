namespace FedHe.MLBridge.Layout;

/// <summary>The part of a range of the flat vector that lies in one tensor.</summary>
/// <param name="TensorIndex">Position of the tensor in the layout.</param>
/// <param name="Start">First element in the tensor.</param>
/// <param name="Length">Number of elements.</param>
internal readonly record struct TensorRun(int TensorIndex, int Start, int Length);
