using FedHe.MLBridge.Layout;
using FedHe.Orchestration.Job;

namespace FedHe.Privacy.Federation;

/// <summary>Client privacy parts are what a plan for clients may have beside what every plan has.</summary>
public sealed record ClientPrivacyParts
{
    /// <summary>The value of one unit of the integers, or null for a power of two with which rounding costs less than a hundredth of the noise.</summary>
    public double? Step { get; init; }

    /// <summary>
    /// How differences are rotated before rounding, such as <see cref="ClientPrivacyPlan.UsualRotation"/>, or null for no rotation. <see cref="RotationSaving.Of"/>
    /// says what it saves.
    /// </summary>
    public RotationTerms? Rotation { get; init; }

    /// <summary>
    /// How the clip follows a quantile of the clients' norms, such as <see cref="ClientPrivacyPlan.UsualAdaptiveClip"/>, or null for a clip that stays.
    /// </summary>
    public AdaptiveClipTerms? AdaptiveClip { get; init; }

    /// <summary>
    /// The public rule of a mask, with the layout of the model, or null to encrypt every value. The terms of the job must have the mask of <see
    /// cref="PublicMaskTerms.MaskOf"/>. Values in clear have n - d - t times the variance of a client's share, which integers need more bits for.
    /// </summary>
    public (PublicMaskTerms Rule, ModelLayout Layout)? Mask { get; init; }
}
