namespace FedHe.TorchSharp.State;

/// <summary>What becomes of floating buffers, such as the running means and variances of BatchNorm.</summary>
public enum FloatingBuffers
{
    /// <summary>
    /// Floating buffers stay with their client, which so keeps statistics of its own data. A client that gives a module away after the
    /// federation gives its own statistics away with it.
    /// </summary>
    /// <remarks>Source: Li, Jiang, Zhang, Kamp and Dou, "FedBN", ICLR 2021.</remarks>
    Stay = 0,

    /// <summary>
    /// Floating buffers travel and are averaged like parameters. Their values need bounds that hold them
    /// (<see cref="ModuleLayoutOptions.Bounds"/>): variances are easily larger than weights.
    /// </summary>
    Travel = 1,
}
