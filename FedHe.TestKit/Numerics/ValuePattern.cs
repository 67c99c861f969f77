namespace FedHe.TestKit.Numerics;

/// <summary>A value pattern is a shape of input that finds certain mistakes of an encoder.</summary>
public enum ValuePattern
{
    /// <summary>Every value is 0.</summary>
    Zero,

    /// <summary>Every value is -0.0.</summary>
    NegativeZero,

    /// <summary>Every value is the bound, so that a slot packing has all its energy in one coefficient.</summary>
    Maximum,

    /// <summary>Every value is minus the bound.</summary>
    Minimum,

    /// <summary>Every value is the bound with an alternating sign.</summary>
    Alternating,

    /// <summary>Every value is the bound with a random sign.</summary>
    RandomSigns,

    /// <summary>One value is the bound, and all others are zero.</summary>
    Spike,

    /// <summary>Every value has one of the smallest magnitudes that a number can have.</summary>
    Subnormal,

    /// <summary>The values are independent and uniform between minus the bound and the bound.</summary>
    Uniform,

    /// <summary>The magnitudes spread over many binary orders, as the weights of a model do.</summary>
    ManyScales,
}
