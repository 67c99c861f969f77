using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>A public SEAL context adds, rescales and parses vectors through SEAL, and shows their residues.</summary>
internal sealed class SealPublicContext(SealSetting setting) : HePublicContext(setting.Parameters)
{
    public override IEvaluator Evaluator { get; } = new SealEvaluator(setting);

    public override IVectorReader Reader { get; } = new SealVectorReader(setting);

    public override IVectorRescaler? Rescaler { get; } = setting.Parameters.Depth > 0 ? new SealRescaler(setting) : null;

    public override int MaxDegreeOfParallelism => setting.MaxDegreeOfParallelism;

    public override ICiphertextResidues? Residues { get; } = new SealResidues(setting);

    public override long EncodedLength(int length, VectorForm form, int seeds = 1)
        => SealVectorFormat.EncodedLength(setting, length, form, setting.PrimeCount);

    /// <summary>
    /// Returns full form for every sum. A seed of SEAL belongs to one ciphertext, so lists of seeds would save little.
    /// </summary>
    public override VectorForm SumForm(VectorForm freshForm, int contributors) => VectorForm.Full;

    public override long MemoryInBytes(int length, VectorForm form)
        => SealBlock.MemoryInBytes(setting.LayoutOf(form, setting.PrimeCount).Length, setting.CiphertextsOf(length));

    public override VectorBound FreshBound(double maxAbs, VectorForm form)
        => SealVectorEncryptor.FreshBound(setting, maxAbs, form);
}
