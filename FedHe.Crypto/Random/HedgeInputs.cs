namespace FedHe.Crypto.Random;

/// <summary>Hedge inputs are what every draw of hedged randomness takes. Only tests replace them.</summary>
/// <param name="Process">The generator of the process.</param>
/// <param name="Kernel">The generator of the operating system's kernel.</param>
/// <param name="Clock">The time of day and the time since the start of the machine.</param>
/// <param name="Counter">The counter of all draws.</param>
internal sealed record HedgeInputs(RandomSource Process, RandomSource Kernel, TimeProvider Clock, DrawCounter Counter)
{
    /// <summary>The inputs of this process, which has one counter.</summary>
    public static HedgeInputs System { get; } =
        new(new ProcessRandomSource(), new KernelRandomSource(), TimeProvider.System, new DrawCounter());
}
