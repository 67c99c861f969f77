using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FedHe.Learning.Models;
using FedHe.PrivacyAudit.Attacks;

namespace FedHe.PrivacyAudit.Runs;

/// <summary>An attempt's key contains everything on which its result depends.</summary>
/// <remarks>A store therefore never serves a result of another model, picture, mask or setting.</remarks>
internal static class AttemptKey
{
    public static string Of(AuditPlan plan, ObservedGradient observed, AuditSample sample, IGradientAttack attack, int seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, attack.GetType().FullName!);
        Append(hash, attack.SettingsFor(observed));
        Append(hash, plan.RecoveredBelow.ToString("R", CultureInfo.InvariantCulture));
        Append(hash, seed.ToString(CultureInfo.InvariantCulture));
        foreach (Learning.Models.Parameter parameter in plan.Model.Parameters)
        {
            Append(hash, $"{parameter.Name} {parameter.Value.Shape}");
            Append(hash, parameter.Value.Values);
        }

        Append(hash, sample.Picture.Values);
        Append(hash, observed.Values);
        Append(hash, string.Create(observed.Encrypted.Length, observed, static (text, source) =>
        {
            for (int i = 0; i < text.Length; i++)
            {
                text[i] = source.Encrypted[i] ? '1' : '0';
            }
        }));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + '\n'));

    private static void Append(IncrementalHash hash, ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(float)];
        for (int i = 0; i < values.Length; i++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }

        hash.AppendData(bytes);
    }
}
