using FedHe.MLBridge.Layout;

namespace FedHe.MLBridge.Adapters;

/// <summary>
/// An adapter pair is the two factors of one adapter: the module adds B(Ax), times a scale that is no part of the model, to what it computes.
/// </summary>
/// <remarks>Source: Hu and others, "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022.</remarks>
public sealed record AdapterPair
{
    internal AdapterPair(string module, string name, TensorSpec a, TensorSpec b)
    {
        Module = module;
        Name = name;
        A = a;
        B = b;
    }

    /// <summary>The name of the module, with the name of the adapter in parentheses where the tensors have one.</summary>
    public string Name { get; }

    /// <summary>The name of the module.</summary>
    public string Module { get; }

    /// <summary>The factor A, of the shape rank x inputs.</summary>
    public TensorSpec A { get; }

    /// <summary>The factor B, of the shape outputs x rank.</summary>
    public TensorSpec B { get; }

    /// <summary>The rank of the adapter, at least 1.</summary>
    public int Rank => A.Shape[0];

    /// <summary>The number of inputs of the module.</summary>
    public int Inputs => A.Shape[1];

    /// <summary>The number of outputs of the module.</summary>
    public int Outputs => B.Shape[0];

    /// <summary>Returns one of the factors.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The half is not defined.</exception>
    public TensorSpec this[AdapterHalf half] => half switch
    {
        AdapterHalf.A => A,
        AdapterHalf.B => B,
        _ => throw Errors.Throw.UndefinedChoice(nameof(half)),
    };
}
