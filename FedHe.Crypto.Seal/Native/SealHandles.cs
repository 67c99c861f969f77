using Microsoft.Win32.SafeHandles;

namespace FedHe.Crypto.Seal.Native;

/// <summary>A SEAL handle owns a native object of SEAL and destroys it once nobody uses it any more.</summary>
internal abstract class SealHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected sealed override bool ReleaseHandle() => Destroy(handle) == SealImports.Success;

    protected abstract int Destroy(nint instance);
}

/// <summary>This handle owns an <c>EncryptionParameters</c>.</summary>
internal sealed class EncryptionParametersHandle : SealHandle
{
    protected override int Destroy(nint instance) => SealImports.EncParams_Destroy(instance);
}

/// <summary>This handle owns a <c>SEALContext</c>.</summary>
internal sealed class ContextHandle : SealHandle
{
    protected override int Destroy(nint instance) => SealImports.SEALContext_Destroy(instance);
}

/// <summary>This handle owns a <c>MemoryPoolHandle</c>.</summary>
internal sealed class MemoryPoolHandle : SealHandle
{
    protected override int Destroy(nint instance) => SealImports.MemoryPoolHandle_Destroy(instance);
}

/// <summary>This handle owns a <c>KeyGenerator</c>.</summary>
internal sealed class KeyGeneratorHandle : SealHandle
{
    protected override int Destroy(nint instance) => SealImports.KeyGenerator_Destroy(instance);
}

/// <summary>This handle owns a <c>SecretKey</c>, which SEAL clears when it is destroyed.</summary>
internal sealed class SecretKeyHandle : SealHandle
{
    protected override int Destroy(nint instance) => SealImports.SecretKey_Destroy(instance);
}

/// <summary>This handle owns a <c>PublicKey</c>.</summary>
internal sealed class PublicKeyHandle : SealHandle
{
    protected override int Destroy(nint instance) => SealImports.PublicKey_Destroy(instance);
}

/// <summary>This handle owns a <c>CKKSEncoder</c>.</summary>
internal sealed class EncoderHandle : SealHandle
{
    protected override int Destroy(nint instance) => SealImports.CKKSEncoder_Destroy(instance);
}

/// <summary>This handle owns an <c>Encryptor</c>.</summary>
internal sealed class EncryptorHandle : SealHandle
{
    protected override int Destroy(nint instance) => SealImports.Encryptor_Destroy(instance);
}

/// <summary>This handle owns a <c>Decryptor</c>.</summary>
internal sealed class DecryptorHandle : SealHandle
{
    protected override int Destroy(nint instance) => SealImports.Decryptor_Destroy(instance);
}

/// <summary>This handle owns an <c>Evaluator</c>.</summary>
internal sealed class EvaluatorHandle : SealHandle
{
    protected override int Destroy(nint instance) => SealImports.Evaluator_Destroy(instance);
}

/// <summary>This handle owns a <c>Plaintext</c>.</summary>
internal sealed class PlaintextHandle : SealHandle
{
    protected override int Destroy(nint instance) => SealImports.Plaintext_Destroy(instance);
}

/// <summary>This handle owns a <c>Ciphertext</c>.</summary>
internal sealed class CiphertextHandle : SealHandle
{
    protected override int Destroy(nint instance) => SealImports.Ciphertext_Destroy(instance);
}
