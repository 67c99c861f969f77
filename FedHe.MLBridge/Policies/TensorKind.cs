namespace FedHe.MLBridge.Policies;

/// <summary>Kinds of tensors that a policy can select whole.</summary>
internal enum TensorKind
{
    FirstLayer,
    LastLayer,
    Biases,
    Normalization,
}
