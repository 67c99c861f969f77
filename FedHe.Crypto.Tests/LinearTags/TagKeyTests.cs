using FedHe.Crypto.Kernels.Tags;
using FedHe.Crypto.LinearTags;

namespace FedHe.Crypto.Tests.LinearTags;

/// <summary>The expected bytes were computed by another program from the text of docs/wire-format.md.</summary>
public sealed class TagKeyTests
{
    private static readonly byte[] SegmentContext = TagReference.Context("segment 2 of vector 1");
    private static readonly byte[] KeyContext = TagReference.Context("round key");
    private static readonly byte[] PadContext = TagReference.Context("client 7, nonce 1");

    [Theory]
    [InlineData((1L << 50) - 27, 0x357ab7687f295, 0x221bc8968c663, 0xd2c40119cae2, 0x29e0818a35050)]
    [InlineData(TagReference.WidePrime, 0x817f16ed9d6c7e7, 0x1c54172cb6aea65, 0xe003e01f93339a8, 0xd1653c8be793baa)]
    public void SegmentPoints_OfKnownKeyAndContext_HaveKnownValues(long prime, ulong x1, ulong y1, ulong x2, ulong y2)
    {
        using var key = new TagKey(TagReference.GroupKey);
        using SegmentPoints points = key.DeriveSegmentPoints(SegmentContext, new TagModulus(prime));
        var secret = new HashPoints(points.Secret.Span);

        new[] { secret.X(0, 0), secret.Y(0), secret.X(1, 0), secret.Y(1) }.Should().Equal(x1, y1, x2, y2);
    }

    [Theory]
    [InlineData((1L << 50) - 27, 0x64d502d92361, 0x107ed6e49e5a5)]
    [InlineData(TagReference.WidePrime, 0x4cd126eb00c4408, 0xb5bbe1ba892d554)]
    public void Pads_OfKnownKeyContextAndPosition_HaveKnownValues(long prime, ulong first, ulong second)
    {
        using var key = new TagKey(TagReference.GroupKey);
        using PadKey pads = key.DerivePadKey(PadContext);

        LinearPad pad = pads.PadAt(new PadPosition(kind: 5, vector: 6, segment: 7, prime: 1), new TagModulus(prime));

        new[] { pad.Residues.First, pad.Residues.Second }.Should().Equal(first, second);
    }

    [Theory]
    [InlineData((1L << 50) - 27, 0, "520342df7d0303000cb40e36ccbe0100")]
    [InlineData(TagReference.WidePrime, 4, "12bc9d525422de055154afd17c202d07")]
    public void TagOfSegment_OfKnownKeyAndContent_HasKnownBytes(long prime, int position, string expected)
    {
        var modulus = new TagModulus(prime);
        using var key = new TagKey(TagReference.GroupKey);
        using SegmentPoints points = key.DeriveSegmentPoints(SegmentContext, modulus);
        using PadKey pads = key.DerivePadKey(PadContext);
        ulong[] values = [.. Enumerable.Range(0, 1000).Select(k => ((ulong)k * (ulong)k * 12345678901) + (ulong)k)];
        ulong[] residues = [.. values.Select(value => value % (ulong)TagModulus.Default.Prime)];

        LinearTag tag = modulus.Tag(
            TagReference.HashOf(points, residues), pads.PadAt(new PadPosition(kind: 3, vector: 1, segment: 2, prime: position), modulus));

        BytesOf(tag).Should().Be(expected);
    }

    [Theory]
    [InlineData((1L << 50) - 27, 0, "de271f5769ed0200d2657b4f88620200")]
    [InlineData(TagReference.WidePrime, 4, "8420b478770e5a0849171072b9220103")]
    public void TagOfKey_OfKnownKeyAndContent_HasKnownBytes(long prime, int position, string expected)
    {
        var modulus = new TagModulus(prime);
        using var key = new TagKey(TagReference.GroupKey);
        using KeyPoints points = key.DeriveKeyPoints(KeyContext, modulus);
        using PadKey pads = key.DerivePadKey(PadContext);
        using var hasher = new LinearHasher();
        sbyte[] values = [.. Enumerable.Range(0, 1000).Select(k => (sbyte)((k * 7 % 43) - 21))];

        LinearTag tag = modulus.Tag(
            points.Hash(values, bound: 21, hasher), pads.PadAt(new PadPosition(kind: 4, vector: 1, prime: position), modulus));

        BytesOf(tag).Should().Be(expected);
    }

    [Fact]
    public void Points_OfOtherKeysContextsAndModuli_Differ()
    {
        using var key = new TagKey(TagReference.GroupKey);
        using var other = new TagKey(new byte[TagKey.SizeInBytes]);
        byte[] longContext = new byte[5000];
        SegmentPoints[] all =
        [
            key.DeriveSegmentPoints([1], TagModulus.Default), key.DeriveSegmentPoints([2], TagModulus.Default),
            key.DeriveSegmentPoints([1, 1], TagModulus.Default), key.DeriveSegmentPoints([], TagModulus.Default),
            key.DeriveSegmentPoints([1], TagReference.Wide), other.DeriveSegmentPoints([1], TagModulus.Default),
            key.DeriveSegmentPoints(longContext, TagModulus.Default), key.DeriveSegmentPoints([.. longContext, 0], TagModulus.Default),
        ];

        all.SelectMany(points => new[] { X(points, 0), X(points, 1), Y(points, 0), Y(points, 1) }).Should().OnlyHaveUniqueItems();

        static ulong X(SegmentPoints points, int hash) => new HashPoints(points.Secret.Span).X(hash, 0);
        static ulong Y(SegmentPoints points, int hash) => new HashPoints(points.Secret.Span).Y(hash);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void GroupKey_OfAnotherLength_IsRefused(int length)
        => FluentActions.Invoking(() => new TagKey(new byte[length])).Should().Throw<ArgumentException>();

    [Fact]
    public void Secrets_Disposed_AreZeroedAndRefuseEverything()
    {
        var key = new TagKey(TagReference.GroupKey);
        SegmentPoints points = key.DeriveSegmentPoints([1], TagModulus.Default);
        KeyPoints keyPoints = key.DeriveKeyPoints([1], TagModulus.Default);
        PadKey pads = key.DerivePadKey([1]);
        LinearHash hash = TagReference.HashOf(points, [1, 2]);
        using var hasher = new LinearHasher();
        hasher.Begin(points);
        Span<ulong> memory = points.Secret.Span;

        points.Dispose();
        points.Dispose();
        keyPoints.Dispose();
        pads.Dispose();
        pads.Dispose();
        key.Dispose();

        memory.ToArray().Should().OnlyContain(word => word == 0);
        hasher.Append([1, 2]);
        TagReference.ShouldBe(hasher.Complete(), (hash.Residues.First, hash.Residues.Second), "a range keeps its points until it ends");
        key.Invoking(k => k.DeriveSegmentPoints([1], TagModulus.Default)).Should().Throw<ObjectDisposedException>();
        key.Invoking(k => k.DeriveKeyPoints([1], TagModulus.Default)).Should().Throw<ObjectDisposedException>();
        key.Invoking(k => k.DerivePadKey([1])).Should().Throw<ObjectDisposedException>();
        points.Invoking(p => p.Concatenate(hash, hash)).Should().Throw<InvalidOperationException>();
        hasher.Invoking(h => h.Begin(points)).Should().Throw<ObjectDisposedException>();
        keyPoints.Invoking(p => p.Hash([1], 21, hasher)).Should().Throw<ObjectDisposedException>();
        pads.Invoking(p => p.PadAt(default, TagModulus.Default)).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void PinnedSecret_Disposed_IsZeroed()
    {
        var secret = new PinnedSecret<byte>(this, 64);
        Span<byte> memory = secret.Span;
        memory.Fill(0xAA);

        secret.Dispose();

        memory.ToArray().Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void Secrets_AsText_ShowNothing()
    {
        using var key = new TagKey(TagReference.GroupKey);
        using SegmentPoints points = key.DeriveSegmentPoints([1], TagModulus.Default);
        using PadKey pads = key.DerivePadKey([1]);
        LinearHash hash = TagReference.HashOf(points, [1, 2]);
        LinearPad pad = pads.PadAt(default, TagModulus.Default);

        object[] secrets = [key, points, pads, hash, pad];
        secrets.Should().OnlyContain(secret => secret.ToString()!.All(character => char.IsLetter(character) || character == ' '));
    }

    private static string BytesOf(LinearTag tag)
    {
        var bytes = new byte[LinearTag.SizeInBytes];
        tag.CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
