namespace FedHe.TorchSharp.State;

/// <summary>What becomes of frozen parameters, those whose <c>requires_grad</c> is false.</summary>
public enum FrozenParameters
{
    /// <summary>A module with a frozen parameter is refused, so that somebody decides.</summary>
    Refuse = 0,

    /// <summary>
    /// Frozen parameters stay with their client. All clients must have loaded the same ones, such as a published base model:
    /// nothing compares them.
    /// </summary>
    Stay = 1,

    /// <summary>Frozen parameters travel like the others, and are loaded like the others.</summary>
    Travel = 2,
}
