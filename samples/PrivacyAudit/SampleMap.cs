using FedHe.Learning.Models;
using FedHe.Learning.Tensors;
using FedHe.PrivacyAudit.Reporting;
using FedHe.PrivacyAudit.Runs;

namespace PrivacyAuditSample;

/// <summary>The sensitivity map of pictures is the one that masks are chosen by.</summary>
internal static class SampleMap
{
    public static PrivacyMap Of(Model model, IReadOnlyList<AuditSample> samples)
    {
        float[] pixels = [.. samples.SelectMany(sample => sample.Picture.Values.ToArray())];
        return PrivacyMap.Of(
            model, new Tensor(model.SampleShape.Prepend(samples.Count), pixels), [.. samples.Select(sample => sample.Label)]);
    }
}
