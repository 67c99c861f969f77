namespace FedHe.MLBridge.Policies;

/// <summary>The kinds of tensors that a policy can select whole.</summary>
internal enum TensorKind
{
    FirstLayer,
    LastLayer,
    Biases,
    Normalization,
}
