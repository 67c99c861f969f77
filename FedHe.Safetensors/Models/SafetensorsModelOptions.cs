namespace FedHe.Safetensors.Models;

/// <summary>The options say how a layout is made from a checkpoint.</summary>
public sealed record SafetensorsModelOptions
{
    /// <summary>
    /// The clipping bound of every tensor that <see cref="Bounds"/> does not name: positive and finite, and more than any value of any
    /// client's model will have in magnitude.
    /// </summary>
    public required double Bound { get; init; }

    /// <summary>The clipping bounds of single tensors, by their names.</summary>
    public IReadOnlyDictionary<string, double> Bounds { get; init; } = new Dictionary<string, double>();

    /// <summary>The names of floating tensors that are not averaged, such as masks that hold infinities.</summary>
    public IReadOnlyCollection<string> KeepLocal { get; init; } = [];
}
