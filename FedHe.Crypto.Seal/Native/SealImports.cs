using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FedHe.Crypto.Seal.Native;

/// <summary>
/// This class imports the functions of SEAL's C interface under their own names, with prototypes that have not changed
/// since version 4.1.
/// </summary>
/// <remarks>
/// Every function returns an HRESULT. A <c>bool</c> is one byte, and a pool of zero is SEAL's global pool, which is
/// thread-safe. Source: SEAL's native/src/seal/c.
/// </remarks>
internal static unsafe partial class SealImports
{
    /// <summary>The name of the library that <see cref="SealLibrary"/> resolves.</summary>
    public const string Library = "sealc";

    public const int Success = 0;

    /// <summary>
    /// The HRESULT COR_E_INVALIDOPERATION, which SEAL returns for a transparent result, among other failures.
    /// </summary>
    public const int InvalidOperation = unchecked((int)0x80131509);

    /// <summary>The functions that a library must export to be used.</summary>
    public static readonly string[] Exports =
    [
        "Version_Major",
        "Version_Minor",
        "Version_Patch",
        "EncParams_Create1",
        "EncParams_Load",
        "EncParams_Destroy",
        "SEALContext_Create",
        "SEALContext_ParametersSet",
        "SEALContext_Destroy",
        "MemoryPoolHandle_New",
        "MemoryPoolHandle_Destroy",
        "KeyGenerator_Create1",
        "KeyGenerator_SecretKey",
        "KeyGenerator_CreatePublicKey",
        "KeyGenerator_Destroy",
        "SecretKey_Create1",
        "SecretKey_Load",
        "SecretKey_SaveSize",
        "SecretKey_Save",
        "SecretKey_Destroy",
        "PublicKey_Create1",
        "PublicKey_Load",
        "PublicKey_SaveSize",
        "PublicKey_Save",
        "PublicKey_Destroy",
        "CKKSEncoder_Create",
        "CKKSEncoder_Encode1",
        "CKKSEncoder_Encode3",
        "CKKSEncoder_Encode5",
        "CKKSEncoder_Decode1",
        "CKKSEncoder_Destroy",
        "Encryptor_Create",
        "Encryptor_Encrypt",
        "Encryptor_EncryptSymmetric",
        "Encryptor_Destroy",
        "Decryptor_Create",
        "Decryptor_Decrypt",
        "Decryptor_Destroy",
        "Evaluator_Create",
        "Evaluator_Add",
        "Evaluator_MultiplyPlain",
        "Evaluator_RescaleToNext",
        "Evaluator_Destroy",
        "Plaintext_Create1",
        "Plaintext_Destroy",
        "Ciphertext_Create1",
        "Ciphertext_Load",
        "Ciphertext_SaveSize",
        "Ciphertext_Save",
        "Ciphertext_Destroy",
    ];

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Version_Major(out byte result);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Version_Minor(out byte result);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Version_Patch(out byte result);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int EncParams_Create1(byte scheme, out EncryptionParametersHandle parameters);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int EncParams_Load(
        EncryptionParametersHandle instance, byte* source, ulong size, out long read);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int EncParams_Destroy(nint instance);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int SEALContext_Create(
        EncryptionParametersHandle parameters, [MarshalAs(UnmanagedType.U1)] bool expandModChain,
        int securityLevel, out ContextHandle context);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int SEALContext_ParametersSet(
        ContextHandle instance, [MarshalAs(UnmanagedType.U1)] out bool result);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int SEALContext_Destroy(nint instance);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int MemoryPoolHandle_New(
        [MarshalAs(UnmanagedType.U1)] bool clearOnDestruction, out MemoryPoolHandle pool);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int MemoryPoolHandle_Destroy(nint instance);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int KeyGenerator_Create1(ContextHandle context, out KeyGeneratorHandle generator);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int KeyGenerator_SecretKey(KeyGeneratorHandle instance, out SecretKeyHandle key);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int KeyGenerator_CreatePublicKey(
        KeyGeneratorHandle instance, [MarshalAs(UnmanagedType.U1)] bool saveSeed, out PublicKeyHandle key);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int KeyGenerator_Destroy(nint instance);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int SecretKey_Create1(out SecretKeyHandle key);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int SecretKey_Load(
        SecretKeyHandle instance, ContextHandle context, byte* source, ulong size, out long read);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int SecretKey_SaveSize(SecretKeyHandle instance, byte compression, out long size);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int SecretKey_Save(
        SecretKeyHandle instance, byte* destination, ulong size, byte compression, out long written);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int SecretKey_Destroy(nint instance);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int PublicKey_Create1(out PublicKeyHandle key);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int PublicKey_Load(
        PublicKeyHandle instance, ContextHandle context, byte* source, ulong size, out long read);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int PublicKey_SaveSize(PublicKeyHandle instance, byte compression, out long size);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int PublicKey_Save(
        PublicKeyHandle instance, byte* destination, ulong size, byte compression, out long written);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int PublicKey_Destroy(nint instance);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int CKKSEncoder_Create(ContextHandle context, out EncoderHandle encoder);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int CKKSEncoder_Encode1(
        EncoderHandle instance, ulong count, double* values, ulong* parmsId, double scale,
        PlaintextHandle destination, MemoryPoolHandle pool);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int CKKSEncoder_Encode3(
        EncoderHandle instance, double value, ulong* parmsId, double scale, PlaintextHandle destination,
        MemoryPoolHandle pool);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int CKKSEncoder_Encode5(
        EncoderHandle instance, long value, ulong* parmsId, PlaintextHandle destination);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int CKKSEncoder_Decode1(
        EncoderHandle instance, PlaintextHandle plaintext, ref ulong count, double* values, MemoryPoolHandle pool);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int CKKSEncoder_Destroy(nint instance);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Encryptor_Create(
        ContextHandle context, PublicKeyHandle publicKey, nint secretKey, out EncryptorHandle encryptor);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Encryptor_Create(
        ContextHandle context, nint publicKey, SecretKeyHandle secretKey, out EncryptorHandle encryptor);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Encryptor_Encrypt(
        EncryptorHandle instance, PlaintextHandle plaintext, CiphertextHandle destination, MemoryPoolHandle pool);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Encryptor_EncryptSymmetric(
        EncryptorHandle instance, PlaintextHandle plaintext, [MarshalAs(UnmanagedType.U1)] bool saveSeed,
        CiphertextHandle destination, MemoryPoolHandle pool);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Encryptor_Destroy(nint instance);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Decryptor_Create(
        ContextHandle context, SecretKeyHandle key, out DecryptorHandle decryptor);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Decryptor_Decrypt(
        DecryptorHandle instance, CiphertextHandle ciphertext, PlaintextHandle destination);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Decryptor_Destroy(nint instance);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Evaluator_Create(ContextHandle context, out EvaluatorHandle evaluator);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Evaluator_Add(
        EvaluatorHandle instance, CiphertextHandle left, CiphertextHandle right, CiphertextHandle destination);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Evaluator_MultiplyPlain(
        EvaluatorHandle instance, CiphertextHandle ciphertext, PlaintextHandle plaintext,
        CiphertextHandle destination, nint pool);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Evaluator_RescaleToNext(
        EvaluatorHandle instance, CiphertextHandle ciphertext, CiphertextHandle destination, nint pool);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Evaluator_Destroy(nint instance);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Plaintext_Create1(MemoryPoolHandle pool, out PlaintextHandle plaintext);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Plaintext_Destroy(nint instance);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Ciphertext_Create1(nint pool, out CiphertextHandle ciphertext);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Ciphertext_Load(
        CiphertextHandle instance, ContextHandle context, byte* source, ulong size, out long read);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Ciphertext_SaveSize(CiphertextHandle instance, byte compression, out long size);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Ciphertext_Save(
        CiphertextHandle instance, byte* destination, ulong size, byte compression, out long written);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int Ciphertext_Destroy(nint instance);
}
