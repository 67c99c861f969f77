using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Layout;

/// <summary>What happens to finite values outside their tensor's clipping bound. NaN and infinities are always refused.</summary>
public enum BoundPolicy
{
    /// <summary>They are refused with <see cref="ModelValueException"/>, so that nothing changes silently.</summary>
    Refuse = 0,

    /// <summary>They are moved to the bound, and counted in a <see cref="ClampReport"/>.</summary>
    Clamp = 1,
}
