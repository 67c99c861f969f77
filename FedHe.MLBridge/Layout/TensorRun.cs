namespace FedHe.MLBridge.Layout;

/// <summary>A tensor run is the part of a range of the flat vector that lies in one tensor.</summary>
/// <param name="TensorIndex">The position of the tensor in the layout.</param>
/// <param name="Start">The index of the first element in the tensor.</param>
/// <param name="Length">The number of elements.</param>
public readonly record struct TensorRun(int TensorIndex, long Start, int Length);
