namespace FedHe.Safetensors.Models;

/// <summary>The reasons why a tensor of a checkpoint takes no part in the average and stays as it is.</summary>
public enum LocalReason
{
    /// <summary>The elements are integers or Booleans: counters, indexes, quantized values.</summary>
    Integer = 1,

    /// <summary>The elements are floating numbers of 8 bits or fewer, of which averages mean nothing without their scales.</summary>
    SmallFloat = 2,

    /// <summary>The elements are complex numbers.</summary>
    Complex = 3,

    /// <summary>The tensor has no elements.</summary>
    Empty = 4,

    /// <summary>The caller chose to keep the tensor local.</summary>
    Chosen = 5,

    /// <summary>The layout that all parties agreed upon does not have the tensor.</summary>
    NotInLayout = 6,
}
