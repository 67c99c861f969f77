using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Layout;

/// <summary>
/// The treatment of finite values outside their tensor's clipping bound. NaN and infinities are always refused.
/// </summary>
public enum BoundPolicy
{
    /// <summary>
    /// The model is refused with <see cref="ModelValueException"/>, so that no value changes silently.
    /// </summary>
    Refuse = 0,

    /// <summary>The values are moved to the bound and counted in a <see cref="ClampReport"/>.</summary>
    Clamp = 1,
}
