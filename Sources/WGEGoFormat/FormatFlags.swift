/// The flags of one directive of a format: `%+08.3f`.
package struct FormatFlags {
  package var width: Int?
  package var precision: Int?
  package var plus = false
  package var minus = false
  package var sharp = false
  package var space = false
  package var zero = false
  /// `%+v`
  package var plusV = false
  /// `%#v`
  package var sharpV = false

  package init() {}

  /// Nothing that changes how a value is laid out.
  package var isPlain: Bool { width == nil && precision == nil && !sharp && !sharpV && !plus && !space }
}
